"""Routes about members and invitations."""
