"""Readers of DRM payloads: bytes in, a value or one DecodeError out."""
