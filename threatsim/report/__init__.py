"""What people see of a run: the terminal summary, the HTML page, its charts and its image gallery."""
