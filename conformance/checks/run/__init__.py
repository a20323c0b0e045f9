"""The run as a whole: what holds between any two answers, whatever cases they belong to."""
