"""Mutation testing of our own checks and decoders, on demand: would anything notice if a line of them were wrong?"""
