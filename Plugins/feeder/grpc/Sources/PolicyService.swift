// SPDX-License-Identifier: Apache-2.0
internal import GRPCCore
internal import Glibc

/// policy.PolicyService, for clients that may change policies. Which kind of policy it is says the policy itself.
struct PolicyService: Policy_PolicyService.SimpleServiceProtocol {
    let daemon: DaemonLink
    let peer: Admission.Peer
    let takesFromAnybody: Bool

    func containerPolicy(request: Policy_policy, context: ServerContext) async throws -> Policy_response {
        try await apply(request)
    }

    func hostPolicy(request: Policy_policy, context: ServerContext) async throws -> Policy_response {
        try await apply(request)
    }

    func networkPolicy(request: Policy_policy, context: ServerContext) async throws -> Policy_response {
        try await apply(request)
    }

    private func apply(_ request: Policy_policy) async throws -> Policy_response {
        // Also the daemon looks at who asks.
        let uid: UInt32?
        switch peer {
        case .local: uid = geteuid()
        case .certified: uid = nil
        case .unknown where takesFromAnybody: uid = nil
        case .unknown:
            throw RPCError(
                code: .permissionDenied,
                message: "policies are taken from root on the Unix socket and from clients with a certificate: use "
                    + "gRPCSocket or tlsEnabled, or set gRPCPolicies")
        }
        var response = Policy_response()
        let status = try await daemon.apply(Array(request.policy), peerUID: uid)
        response.status = Policy_PolicyStatus(rawValue: status) ?? .failure
        return response
    }
}
