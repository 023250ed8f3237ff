// Package normal names things: routes, params, templates, callers, clients,
// and it masks secrets. Every function is pure and appends to a buffer of the
// caller's, so none allocates in steady state. The rules are in
// docs/decoding.md; MaskSet and TemplateVersion change when they do.
package normal
