// SPDX-License-Identifier: Apache-2.0
internal import GRPCCore

/// grpc.health.v1.Health: what is served here works as long as somebody answers.
struct HealthService: Grpc_Health_V1_Health.SimpleServiceProtocol {
    /// The empty name is the server's.
    let services: Set<String>

    func check(
        request: Grpc_Health_V1_HealthCheckRequest, context: ServerContext
    ) async throws -> Grpc_Health_V1_HealthCheckResponse {
        guard services.contains(request.service) else {
            throw RPCError(code: .notFound, message: "there is no service \(request.service) here")
        }
        var response = Grpc_Health_V1_HealthCheckResponse()
        response.status = .serving
        return response
    }

    func watch(
        request: Grpc_Health_V1_HealthCheckRequest, response: RPCWriter<Grpc_Health_V1_HealthCheckResponse>,
        context: ServerContext
    ) async throws {
        var status = Grpc_Health_V1_HealthCheckResponse()
        status.status = services.contains(request.service) ? .serving : .serviceUnknown
        try await response.write(status)
        // Until the client leaves, or the daemon stops.
        try? await context.cancellation.cancelled
    }
}
