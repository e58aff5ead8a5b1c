"""What of any S3 traffic B2 does not take, or does otherwise. Heads first; bodies only where nothing else says."""
