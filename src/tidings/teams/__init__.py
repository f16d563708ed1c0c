"""Who may do what: accounts, sessions, roles, invitations, and the audit log of what they changed."""
