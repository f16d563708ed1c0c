"""What a message says: templates, Liquid, HTML, text, MIME."""
