func("x", function() y = 1 return "" end)
