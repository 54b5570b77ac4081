"""The model's side: its layers, what they compute and how a look leaves no trace."""
