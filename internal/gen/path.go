package gen

var prefixes = [3][2]string{{"/api/v1/cloud", "/api/v1/forward"}, {"/v1", "/v1/forward"}, {"", "/forward"}}

// appendPath writes an operation's path as one caller spells it, with ids.
func (p *planner) appendPath(dst []byte, o *op, c *caller, t int64, r *rng) (path, id []byte) {
	if o.odd {
		return append(dst, o.path...), nil
	}
	k := 0
	if o.forward {
		k = 1
	}
	dst = append(dst, prefixes[c.prefix][k]...)
	// ids are of things made up to a week before, so that they recur
	t = (t/int64(7*day) - 1) * int64(7*day)
	from := -1
	for _, pt := range o.parts {
		dst = append(dst, pt.lit...)
		if pt.id != "" {
			from = len(dst)
			dst = appendID(dst, pt.id, t, r)
			id = dst[from:]
		}
	}
	return dst, append([]byte(nil), id...)
}

var queries = []string{"", "?limit=20", "?limit=100&order=desc", "?created_at[gte]=2026-05-18T00:00:00Z&limit=50", "?types[]=agent.message&types[]=user.message", "?page=bmV4dA==", "?include_archived=true&after_id=evt_00jjujk9fbnr4wkj2gh8", "/?version=2", "?q=a%20b%2Fc#top"}

func (p *planner) appendQuery(dst []byte) []byte {
	if p.r.percent(55) {
		return dst
	}
	return append(dst, queries[p.r.n(len(queries))]...)
}
