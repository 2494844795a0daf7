package fieldpath

import (
	"strconv"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// translate returns a path in the short form as JSONPath.
func translate(text string) (string, error) {
	rest := strings.TrimPrefix(text, "$")
	if rest == "" {
		return "", validation.Errorf("", "must name a field, is %q", clip(text))
	}
	var long strings.Builder
	long.WriteByte('$')
	// deep reports whether the next step is taken at any depth.
	deep := false
	add := func(selector string) {
		if deep {
			long.WriteString("..")
			deep = false
		}
		long.WriteString(selector)
	}
	for rest != "" {
		if rest[0] == '[' {
			selector, behind, err := bracket(rest, text)
			if err != nil {
				return "", err
			}
			add(selector)
			rest = behind
			continue
		}
		rest = strings.TrimPrefix(rest, ".")
		end := strings.IndexAny(rest, ".[")
		if end < 0 {
			end = len(rest)
		}
		name := rest[:end]
		rest = rest[end:]
		switch {
		case name == "":
			return "", validation.Errorf("", "must have a name after each dot, is %q", clip(text))
		case strings.Contains(name, "]"):
			return "", validation.Errorf("", "must have ] only behind its [, is %q", clip(text))
		case name == "*":
			add("[*]")
		case name == "**":
			deep = true
		default:
			add(quote(name))
		}
	}
	return long.String(), nil
}

// bracket reads the brackets with which rest begins.
func bracket(rest, text string) (selector, behind string, err error) {
	if len(rest) > 1 && (rest[1] == '"' || rest[1] == '\'') {
		end := strings.Index(rest[2:], rest[1:2]+"]")
		if end < 0 {
			return "", "", validation.Errorf("", "must close the quote and bracket in %q", clip(rest))
		}
		return quote(rest[2 : 2+end]), rest[2+end+2:], nil
	}
	inner, behind, found := strings.Cut(rest[1:], "]")
	switch {
	case !found:
		return "", "", validation.Errorf("", "must close the bracket in %q", clip(text))
	case inner == "*" || inner == "":
		return "[*]", behind, nil
	case !isIndex(inner):
		return "", "", validation.Errorf("", "must have an index, * or a quoted key in brackets, has %q", clip(inner))
	}
	index, err := strconv.Atoi(inner) // without zeros before it
	return "[" + strconv.Itoa(index) + "]", behind, err
}
