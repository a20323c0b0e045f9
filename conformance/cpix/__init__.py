"""What a key server sent, made readable: total functions that turn bytes into values or into one DecodeError."""
