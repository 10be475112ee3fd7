"""The real product on the platform, by SecretId and SecretKey: what it is, and what its devices say."""
