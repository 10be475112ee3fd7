"""The actions of the cloud: their facts, parameters, signatures and refusals."""
