"""What happens to the people of each example, one file each."""
