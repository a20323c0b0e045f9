"""Reads what people have of an exchange: files of many forms in, messages out. Nothing here judges.

`forms` is the register of the forms, `wrappers` that of what is put around a body; each form has a module of its own.
"""
