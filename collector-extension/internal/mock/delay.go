package mock

import (
	"fmt"
	"time"

	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// maxDelay bounds delays.
const maxDelay = time.Hour

// delay is drawn evenly between its ends.
type delay struct{ least, most time.Duration }

func compileDelay(value any) (delay, error) {
	switch v := value.(type) {
	case nil:
		return delay{}, nil
	case map[string]any:
		var d delay
		for key, value := range v {
			parsed, err := parseDelay(key, value)
			if err != nil {
				return delay{}, err
			}
			switch key {
			case "min":
				d.least = parsed
			case "max":
				d.most = parsed
			default:
				return delay{}, validation.Errorf(key, "is not known, must be min or max")
			}
		}
		if d.least > d.most {
			return delay{}, validation.Errorf("min", "must not be above max, which is %v, is %v", d.most, d.least)
		}
		return d, nil
	default:
		parsed, err := parseDelay("", value)
		return delay{parsed, parsed}, err
	}
}

func parseDelay(field string, value any) (time.Duration, error) {
	d, err := time.ParseDuration(fmt.Sprint(value))
	if err != nil || d < 0 || d > maxDelay {
		return 0, validation.Errorf(field, "must be a duration between 0s and 1h such as 150ms, is %.40q", fmt.Sprint(value))
	}
	return d, nil
}
