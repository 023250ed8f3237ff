package normal
func AppendMasked(dst, src []byte) []byte { return append(dst, src...) }
func HasSecret(src []byte) bool { return false }
func AppendTemplate(d, b []byte) []byte { return append(d, b...) }
func TemplateID(t, b []byte) uint64 { return 1 }
