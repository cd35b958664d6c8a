"""Sources: from what a user points at (a path, a glob, a folder, an answer) to rows of text."""
