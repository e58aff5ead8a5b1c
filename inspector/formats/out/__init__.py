"""What was recorded, for others: as curl lines, HAR, JSON lines or Python, without a credential."""
