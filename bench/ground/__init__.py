"""What every claim stands on: a database of its own, a workspace with people, and the processes under load."""
