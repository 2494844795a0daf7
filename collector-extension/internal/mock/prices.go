package mock

import (
	"fmt"
	"math/bits"
	"reflect"
	"regexp"
	"regexp/syntax"
	"strings"
)

// price takes what a call of a function costs, before it is made.
type price func(b *budget, arguments []reflect.Value) error

// prices are the prices of functions for which wholePrice is too much or too little.
var prices = func() map[string]price {
	all := map[string]price{
		"dict": dictPrice, "printf": printfPrice, "regexMatch": regexPrice, "trimAll": trimPrice, "splitList": splitPrice, "sortAlpha": sortPrice,
		"toPrettyJson": func(b *budget, arguments []reflect.Value) error { return b.whole(arguments[0], len("  ")) },
	}
	// Those that look at a value, or pass it on, without what is in it.
	for _, name := range []string{
		"default", "empty", "coalesce", "ternary", "list", "get", "hasKey", "keys", "values", "first", "last", "rest", "reverse", "kindOf",
		"int", "int64", "float64", "add", "add1", "sub", "mul", "div", "mod", "max", "min", "ceil", "floor", "round",
	} {
		all[name] = shallowPrice
	}
	return all
}()

// wholePrice returns of functions that read all that their arguments hold.
func wholePrice(b *budget, arguments []reflect.Value) error {
	for _, argument := range arguments {
		if err := b.whole(argument, 0); err != nil {
			return err
		}
	}
	return nil
}

func shallowPrice(b *budget, arguments []reflect.Value) error {
	for _, argument := range arguments {
		if err := b.shallow(argument); err != nil {
			return err
		}
	}
	return nil
}

// dictPrice returns of keys that are written as text, and values that are not looked at.
func dictPrice(b *budget, arguments []reflect.Value) error {
	pairs := arguments[0]
	for i := 0; i < pairs.Len(); i += 2 {
		if err := b.whole(pairs.Index(i), 0); err != nil {
			return err
		}
	}
	return b.spend(4 * perValue * pairs.Len())
}

// sortPrice returns of comparing texts with each other.
func sortPrice(b *budget, arguments []reflect.Value) error {
	before := b.work
	if err := wholePrice(b, arguments); err != nil {
		return err
	}
	return b.spend((b.work - before) * bits.Len(uint(b.work-before)/perValue))
}

// trimPrice returns of looking for each character of the text in those to be trimmed.
func trimPrice(b *budget, arguments []reflect.Value) error {
	if err := wholePrice(b, arguments); err != nil {
		return err
	}
	return b.spend((arguments[0].Len() + perValue) / perValue * arguments[1].Len())
}

// splitPrice returns of a list that is made of text.
func splitPrice(b *budget, arguments []reflect.Value) error {
	if err := wholePrice(b, arguments); err != nil {
		return err
	}
	return b.spend(perValue * (strings.Count(arguments[1].String(), arguments[0].String()) + 1))
}

// width is one of a verb that makes text much larger than its arguments.
var width = regexp.MustCompile(`\*|[0-9]{4}`)

// printfPrice returns of a format that may write each argument again and again, and each time as wide as it can say.
func printfPrice(b *budget, arguments []reflect.Value) error {
	format := arguments[0].String()
	if width.MatchString(format) {
		return fmt.Errorf("widths must be below 1000, the format is %.40q", format)
	}
	before := b.work
	if err := wholePrice(b, arguments); err != nil {
		return err
	}
	verbs := strings.Count(format, "%")
	most := verbs * 32 // what verbs without an argument write
	if strings.ContainsAny(format, "123456789") {
		most = verbs * 1000
	}
	if strings.Contains(format, "[") {
		most += verbs * (b.work - before)
	}
	if most > 16*MaxBody {
		return errTooLarge
	}
	return b.spend(most)
}

// maxExpression is how long a regular expression may be, maxInstructions what it may be compiled to.
const (
	maxExpression   = 2000
	maxInstructions = 10_000
)

// regexPrice returns of an expression that goes through the text with all of its instructions.
func regexPrice(b *budget, arguments []reflect.Value) error {
	expression, in := arguments[0].String(), arguments[1].Len()
	if len(expression) > maxExpression {
		return fmt.Errorf("expressions must have at most %d characters, has %d", maxExpression, len(expression))
	}
	size := 1
	if parsed, err := syntax.Parse(expression, syntax.Perl); err == nil { // what is none matches nothing
		size = instructions(parsed)
	}
	if size > maxInstructions {
		return fmt.Errorf("expressions must be compiled to at most %d instructions, %.40q is to %d", maxInstructions, expression, size)
	}
	return b.spend(size * (in + perCommand))
}

// instructions returns about how many instructions a compiled expression has.
func instructions(e *syntax.Regexp) int {
	n := 2
	if e.Op == syntax.OpLiteral {
		n = len(e.Rune)
	}
	for _, sub := range e.Sub {
		n += instructions(sub)
	}
	if e.Op == syntax.OpRepeat {
		n *= max(e.Min, e.Max, 1)
	}
	return min(n, 1<<40)
}
