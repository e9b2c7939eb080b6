func("a b", function() end)
