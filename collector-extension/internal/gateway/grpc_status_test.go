package gateway

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"
)

func TestAClientReadsTheWholeStatusOfACallThatWeEnd(t *testing.T) {
	for name, test := range map[string]struct {
		end   grpcEnd
		retry bool
	}{
		"plain":                {grpcEnd{codes.Internal, "no luck", -1}, false},
		"with a time to retry": {grpcEnd{codes.Unavailable, "come back", 2 * time.Second}, true},
		"text of any kind":     {grpcEnd{codes.ResourceExhausted, "100 % größer\n\x7f", 0}, true},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { answerGRPC(w, test.end) }))
			server.Config.Protocols = new(http.Protocols)
			server.Config.Protocols.SetUnencryptedHTTP2(true)
			server.Start()
			defer server.Close()
			conn, err := grpc.NewClient(server.Listener.Addr().String(), grpc.WithTransportCredentials(insecure.NewCredentials()))
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_, err = healthpb.NewHealthClient(conn).Check(t.Context(), &healthpb.HealthCheckRequest{})
			got := status.Convert(err)
			if got.Code() != test.end.code || got.Message() != test.end.message {
				t.Errorf("got %v %q, want %v %q", got.Code(), got.Message(), test.end.code, test.end.message)
			}
			details := got.Details()
			if !test.retry {
				if len(details) != 0 {
					t.Errorf("details are %v, want none", details)
				}
				return
			}
			if len(details) != 1 || details[0].(*errdetails.RetryInfo).RetryDelay.AsDuration() != test.end.retryAfter {
				t.Errorf("details are %v, want to retry after %v", details, test.end.retryAfter)
			}
		})
	}
}

func TestTimeoutsOfGRPCAreRead(t *testing.T) {
	for value, want := range map[string]time.Duration{
		"1H": time.Hour, "2M": 2 * time.Minute, "3S": 3 * time.Second, "40m": 40 * time.Millisecond, "5u": 5 * time.Microsecond,
		"6n": 6, "99999999H": 365 * 24 * time.Hour, "0S": 0,
	} {
		if got, ok := grpcTimeout(http.Header{"Grpc-Timeout": {value}}); !ok || got != want {
			t.Errorf("%s is %v (%v), want %v", value, got, ok, want)
		}
	}
	for _, value := range []string{"", "1", "S", "-1S", "1s", "1.5S", "123456789S", "+1S"} {
		if got, ok := grpcTimeout(http.Header{"Grpc-Timeout": {value}}); ok {
			t.Errorf("%q is %v, want none", value, got)
		}
	}
}

func FuzzGRPCTimeout(f *testing.F) {
	f.Add("10S")
	f.Add("99999999H")
	f.Fuzz(func(t *testing.T, value string) {
		if got, _ := grpcTimeout(http.Header{"Grpc-Timeout": {value}}); got < 0 {
			t.Errorf("%q is %v", value, got)
		}
	})
}
