"""The measured claims: one file a claim, each printing its figure beside what it is held against in the same run."""
