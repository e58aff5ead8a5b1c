"""What differs between two calls, and between two sessions: what matters first, what always differs set apart."""
