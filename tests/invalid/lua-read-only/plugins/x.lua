string.x = 1
