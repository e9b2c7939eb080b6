func("fail", function() error("no luck") end)
