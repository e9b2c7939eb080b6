func("change", function(p) p.title = "other" return "" end)
