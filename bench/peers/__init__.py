"""What a user would pick instead; README.md says what each is."""
