"""The terminal UI: a list of calls, live, and what was said in the selected one. The only room that knows Textual."""
