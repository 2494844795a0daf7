package remote

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"

	"github.com/mockforge/mockforge-observability-app/pkg/api"
	"github.com/mockforge/mockforge-observability-app/pkg/validation"
)

// maxProblem bounds what is read of a problem document, in bytes.
const maxProblem = 1 << 20

// problemIn returns the problem document that a response is, nil where it is none.
func problemIn(response *http.Response) *api.Problem {
	kind, _, _ := mime.ParseMediaType(response.Header.Get("Content-Type"))
	if kind != "application/problem+json" {
		return nil
	}
	var problem api.Problem
	content, err := io.ReadAll(io.LimitReader(response.Body, maxProblem))
	if err != nil || json.Unmarshal(content, &problem) != nil || problem.Detail == "" {
		return nil //nolint:nilerr // what cannot be read is none
	}
	return &problem
}

// refused returns the error that a response tells of, as a store in this process would have returned it.
func (s *Store) refused(response *http.Response) error {
	problem := problemIn(response)
	switch {
	case response.StatusCode == http.StatusUnauthorized:
		return s.unavailable(s.String()+" refuses the token of the settings", nil)
	case problem == nil:
		return s.unavailable("what answers at "+s.base.String()+" is no control API of a collector: "+response.Status, nil)
	case response.StatusCode == http.StatusBadRequest:
		return invalid(problem)
	case response.StatusCode == http.StatusNotFound:
		return api.ErrNotFound
	case response.StatusCode == http.StatusGatewayTimeout:
		return api.ErrTooLong
	}
	return s.unavailable(s.String()+" answers: "+strings.TrimSuffix(problem.Detail, "."), nil)
}

func invalid(problem *api.Problem) error {
	if len(problem.Errors) == 0 {
		return validation.Errorf(problem.Field, "%s", problem.Detail)
	}
	var errs []error
	for _, one := range problem.Errors {
		errs = append(errs, validation.Errorf(one.Field, "%s", one.Problem))
	}
	return errors.Join(errs...)
}
