"""Facts of all exchanges of a run, and the laws over them."""
