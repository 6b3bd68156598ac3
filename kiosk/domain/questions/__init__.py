"""What a class asks: taken in, read over, prepared, grouped, relayed, thought over afterwards."""
