using System.Text.RegularExpressions;

namespace Dispatch.House.Tests.Rules;

/// <summary>Log events are known by their ids: dashboards and runbooks name them, so each is given once.</summary>
public static partial class EventIds
{
    public static IEnumerable<string> GivenTwice(IEnumerable<SourceFile> files) =>
        from use in files.Where(file => file.IsUnder("src") && file.Ends(".cs")).SelectMany(file => Event().Matches(file.Text).Select(match => (Id: match.Groups[1].Value, file.Path)))
        group use.Path by use.Id into uses
        where uses.Count() > 1
        select $"event {uses.Key} is given in {string.Join(" and ", uses)}";

    [GeneratedRegex(@"\[LoggerMessage\((\d+),")]
    private static partial Regex Event();
}
