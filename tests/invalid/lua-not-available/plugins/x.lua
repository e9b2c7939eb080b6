func("x", function() return os.time() end)
