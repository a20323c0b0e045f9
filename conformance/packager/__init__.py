"""A real encryptor as the judge of answers: Shaka Packager encrypts a clip with them, and a player has to play it."""
