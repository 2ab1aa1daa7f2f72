using Dispatch.Contracts;
using Dispatch.Engine.Matching;
using Dispatch.Engine.Rules;

namespace Dispatch.Server.Api;

/// <summary>Turns faults of policies, selectors and rules into one refusal that names them all.</summary>
internal static class PolicyRefusals
{
    public static void Require(IReadOnlyList<PolicyFault> faults, string place) =>
        Require([.. faults.Select(fault => (place + fault.Place, fault.Message, fault.Remedy))]);

    public static void Require(IReadOnlyList<SelectorFault> faults) =>
        Require([.. faults.Select(fault => ($"$.requires[{fault.Index}]{(fault.Member.Length > 0 ? "." : "")}{fault.Member}", fault.Message, fault.Remedy))]);

    private static void Require((string Place, string Message, string Remedy)[] faults)
    {
        if (faults.Length == 0) return;
        throw Problems.Refuse(
            StatusCodes.Status400BadRequest,
            RefusalCode.InvalidPolicy,
            string.Join(" ", faults.Select(fault => $"{fault.Place}: {fault.Message}")),
            string.Join(" ", faults.Select(fault => fault.Remedy).Distinct()),
            faults[0].Place);
    }
}
