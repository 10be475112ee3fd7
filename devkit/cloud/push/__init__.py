"""What subscribers are told: messages, their order, and the sockets that carry them."""
