"""What every HTTP surface shares: hosts, origins, the guard, binding and serving."""
