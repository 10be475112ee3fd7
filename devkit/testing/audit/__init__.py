"""`devkit audit`: what a built panel costs and lacks on phones, by rules in one table."""
