using System.Reflection;
using Microsoft.Extensions.Options;

namespace Dispatch.Server.Composition;

/// <summary>
/// Every fault of the configuration at once. The framework's binder stops at the first value it cannot read, so each setting is read
/// by itself here, and those that can be read are checked with the rest at their defaults.
/// </summary>
internal static class ConfigurationFaults
{
    public static void Throw(IServiceProvider services, params (Type Options, string Section)[] sections)
    {
        List<string> faults = [.. UnknownSettings.In(services.GetRequiredService<IConfiguration>(), sections)];
        foreach (var (type, section) in sections)
        {
            var collect = typeof(ConfigurationFaults).GetMethod(nameof(Collect), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type);
            collect.Invoke(null, [services, section, faults]);
        }

        if (faults.Count > 0) throw new OptionsValidationException("Dispatch", typeof(DispatchOptions), faults);
    }

    private static void Collect<T>(IServiceProvider services, string section, List<string> faults)
        where T : class, new()
    {
        var options = new T();
        var configuration = services.GetRequiredService<IConfiguration>().GetSection(section);
        foreach (var setting in typeof(T).GetProperties().Where(property => property.SetMethod is { IsPublic: true }))
        {
            var value = configuration.GetSection(setting.Name);
            if (!value.Exists()) continue;
            try
            {
                setting.SetValue(options, value.Get(setting.PropertyType) ?? setting.GetValue(options));
            }
            catch (InvalidOperationException)
            {
                faults.Add($"{section}:{setting.Name} is '{value.Value}': {Remedy(setting.PropertyType)}");
            }
        }

        foreach (var validator in services.GetServices<IValidateOptions<T>>())
        {
            if (validator.Validate(Options.DefaultName, options) is { Failed: true } result) faults.AddRange(result.Failures);
        }
    }

    private static string Remedy(Type type) =>
        type == typeof(TimeSpan) ? "write a time as days.hours:minutes:seconds, such as 7.00:00:00."
        : type == typeof(int) || type == typeof(long) ? "write a whole number."
        : type == typeof(bool) ? "write true or false."
        : "it cannot be read; see where the setting is documented.";
}
