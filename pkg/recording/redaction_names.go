package recording

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// sets makes the sets of names.
func (c *redactionCompiler) sets(r *Redactor) {
	r.headers, r.fields, r.parameters, r.forms = newNameSet(), newNameSet(), newNameSet(), newNameSet()
	all := []*nameSet{r.headers, r.fields, r.parameters, r.forms}
	for _, name := range tailNames {
		for _, set := range all {
			set.set(normalName(name), func(rule *nameRule) { rule.tail = true })
		}
	}
	open := func(names []string, sets ...*nameSet) {
		for _, name := range names {
			for _, set := range sets {
				set.set(normalName(name), func(rule *nameRule) { rule.keep = words })
			}
		}
	}
	open(openNames, all...)
	open(openHeaders, r.headers)
	c.secret("headers", c.redaction.Headers, headerReach, r.headers)
	c.secret("query_params", c.redaction.QueryParams, queryReach, r.parameters, r.forms)
	c.secret("json_fields", c.redaction.JSONFields, nil, r.fields, r.parameters, r.forms)
	c.secret("form_fields", c.redaction.FormFields, queryReach, r.forms)
	c.keep(all)
	c.secret("headers", defaultHeaders(), nil, r.headers)
	for _, set := range all {
		set.seal()
	}
}

// secret puts names into sets. The first list that has a name decides on its action.
func (c *redactionCompiler) secret(field string, list []string, further map[string]reach, sets ...*nameSet) {
	c.names(field, list, func(i int, name string, ends bool) {
		rule, known := vocabulary[name]
		switch {
		case ends:
			rule = nameRule{secret: words}
		case !known:
			rule = nameRule{secret: max(whole, further[name])}
		}
		rule.action = c.ofName(list[i])
		for _, set := range sets {
			set.set(name, func(r *nameRule) {
				if r.secret == nowhere {
					r.action, r.textOnly = rule.action, rule.textOnly
				}
				r.secret, r.textOnly = max(r.secret, rule.secret), r.textOnly && rule.textOnly
				r.keep = nowhere
			})
		}
	})
}

// keep puts in names that are no secrets.
func (c *redactionCompiler) keep(sets []*nameSet) {
	var always []string
	for _, name := range defaultHeaders() {
		always = append(always, normalName(name))
	}
	c.names("keep", c.redaction.Keep, func(i int, name string, ends bool) {
		if slices.Contains(always, name) || ends && slices.ContainsFunc(always, func(header string) bool { return strings.HasSuffix(header, name) }) {
			c.add(fmt.Sprintf("keep[%d]", i), "must not be of %s, which always are redacted", strings.Join(defaultHeaders(), ", "))
			return
		}
		reaches := whole
		if ends {
			reaches = words
		}
		for _, set := range sets {
			set.set(name, func(r *nameRule) { r.keep, r.always = max(r.keep, reaches), true })
		}
	})
}

// names checks a list of names, and calls add with each in normal form; ends tells add that a * was before it.
func (c *redactionCompiler) names(field string, list []string, add func(i int, name string, ends bool)) {
	if len(list) > maxRedactionNames {
		c.add(field, "must have at most %d names, has %d", maxRedactionNames, len(list))
		return
	}
	for i, text := range list {
		text = strings.TrimSpace(text)
		rest, ends := strings.CutPrefix(text, "*")
		name := normalName(rest)
		switch at := fmt.Sprintf("%s[%d]", field, i); {
		case text == "":
			c.add(at, "must not be empty")
		case len(text) > maxRedactionLength:
			c.add(at, "must have at most %d bytes", maxRedactionLength)
		case name == "" || strings.Contains(rest, "*"):
			c.add(at, "must have a letter or digit, and a * only before the name, is %q", clip(text))
		default:
			add(i, name, ends)
		}
	}
}

// ofName returns the action for a name, in whatever spelling.
func (c *redactionCompiler) ofName(name string) action {
	if text, ok := c.spellings[normalName(name)]; ok {
		c.taken[text] = true
		return c.actions[text]
	}
	return c.general
}

// longer takes the actions for names that are redacted since they end with a listed one.
func (c *redactionCompiler) longer(r *Redactor) {
	for _, text := range slices.Sorted(maps.Keys(c.actions)) {
		if c.taken[text] {
			continue
		}
		name, met := normalName(text), false
		for _, set := range []*nameSet{r.headers, r.fields, r.parameters, r.forms} {
			if rule, secret := set.find(text); secret && name != "" {
				met = true
				set.set(name, func(own *nameRule) {
					*own = nameRule{secret: max(own.secret, whole), textOnly: rule.textOnly, tail: own.tail, action: c.actions[text]}
				})
				set.seal()
			}
		}
		if !met {
			c.add("actions."+clip(text), "must be the name of something that is redacted: a header, parameter, field, detector or pattern")
		}
	}
}
