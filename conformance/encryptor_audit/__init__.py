"""The other side of the wire: what an encryptor sends is judged as it arrives, or as it passes on to a key server."""
