"""Single sign-on: setting it up, and signing in through it."""
