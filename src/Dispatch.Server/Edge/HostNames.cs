using System.Net;
using Dispatch.Contracts;
using Dispatch.Server.Api;

namespace Dispatch.Server.Edge;

/// <summary>
/// Refuses requests that call this server by a name it does not have. A page of a stranger can have its own name resolve to this server's address, and is then one
/// of this very host to the browser (DNS rebinding): it could ask a development server for a token. It cannot do so by an address, so those always pass.
/// </summary>
public sealed class HostNames(RequestDelegate next, IConfiguration configuration)
{
    private const string Setting = "AllowedHosts";
    private readonly string[] _allowed = Names(configuration);

    /// <summary>Runs the rest of the pipeline, or refuses.</summary>
    /// <param name="context">The request.</param>
    public Task InvokeAsync(HttpContext context) => IsAllowed(context.Request.Host.Host, _allowed)
        ? next(context)
        : Problems.WriteAsync(context, StatusCodes.Status421MisdirectedRequest, new Refusal
        {
            Code = RefusalCode.Forbidden,
            Message = "This server is not known under the name that the request calls it by.",
            Remedy = $"Call it by its address or by localhost, or have its operator add the name to the setting {Setting} (several are parted by semicolons).",
            Place = "Host",
        });

    /// <summary>Whether a server answers to a name: an address, localhost, or one of the allowed names.</summary>
    /// <param name="host">Host of the request, without its port.</param>
    /// <param name="allowed">Names; <c>*.example.org</c> stands for all names below example.org, <c>*</c> for all there are.</param>
    public static bool IsAllowed(string host, IReadOnlyList<string> allowed) =>
        host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || IPAddress.TryParse(host.AsSpan().Trim("[]"), out _)
        || allowed.Any(name => name == "*"
            || name.Equals(host, StringComparison.OrdinalIgnoreCase)
            || (name.StartsWith("*.", StringComparison.Ordinal) && host.Length > name.Length - 1 && host.EndsWith(name[1..], StringComparison.OrdinalIgnoreCase)));

    /// <summary>Names of the setting, of the addresses that the server was told to listen on, and of the machine.</summary>
    private static string[] Names(IConfiguration configuration) =>
    [
        .. (configuration[Setting] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        .. (configuration["urls"] ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(address => BindingAddress.Parse(address).Host).Where(host => host is not ("*" or "+")),
        Environment.MachineName,
    ];
}
