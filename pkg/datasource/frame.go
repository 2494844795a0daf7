package datasource

import (
	"fmt"

	"github.com/grafana/grafana-plugin-sdk-go/data"
)

// appPath is where the pages of the app are, below Grafana's own root.
const appPath = "/a/mockforge-observability-app"

// The units of fields, as Grafana names them.
const (
	milliseconds      = "ms"
	bytes             = "bytes"
	share             = "percentunit"
	requestsPerSecond = "reqps"
)

// modeColors show a mode in the colour that it has on the app's pages.
var modeColors = data.ValueMappings{data.ValueMapper{
	"healthy":  {Color: "green", Index: 0},
	"degraded": {Color: "orange", Index: 1},
	"error":    {Color: "red", Index: 2},
	"chaos":    {Color: "purple", Index: 3},
}}

// colored returns the settings of a table's column whose text has the colour of its mapping.
func colored(mappings data.ValueMappings) *data.FieldConfig {
	return &data.FieldConfig{Mappings: mappings, Custom: map[string]any{"cellOptions": map[string]any{"type": "color-text"}}}
}

// wide returns the settings of a table's column with a width in pixels.
func wide(pixels int) *data.FieldConfig {
	return &data.FieldConfig{Custom: map[string]any{"width": pixels}}
}

// column adds the settings of a column to its field.
func column[T any](name string, values []T, config *data.FieldConfig) *data.Field {
	field := data.NewField(name, nil, values)
	if config != nil {
		field.SetConfig(config)
	}
	return field
}

// optional returns a cell that is empty for the zero value.
func optional[T comparable](value T) *T {
	var zero T
	if value == zero {
		return nil
	}
	return &value
}

// cut says that there is more than is shown.
func cut(frame *data.Frame, format string, args ...any) {
	frame.AppendNotices(data.Notice{Severity: data.NoticeSeverityInfo, Text: fmt.Sprintf(format, args...)})
}
