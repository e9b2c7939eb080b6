func("x", function() return string.dump(print) end)
