//! JSON to Python's values and back.
//!
//! Invariant: what has no JSON form is refused, never guessed; how deep one goes has a limit. Deliberately not here: text.

use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyBytes, PyDict, PyFloat, PyInt, PyList, PyMapping, PySequence, PyString};
use serde_json::{Map, Number, Value};

/// Why not, for people: "is nested too deeply".
pub fn from_python(value: &Bound<'_, PyAny>, depth_left: usize) -> Result<Value, &'static str> {
    const OTHER: &str = "is no text, number, boolean, time, list or mapping";
    if value.is_none() {
        return Ok(Value::Null);
    }
    // A boolean is a number to Python.
    if value.is_instance_of::<PyBool>() {
        return value.extract().map(Value::Bool).map_err(|_| OTHER);
    }
    if value.is_instance_of::<PyString>() {
        return value.extract().map(Value::String).map_err(|_| "is no text in Unicode");
    }
    if value.is_instance_of::<PyInt>() {
        let small = value.extract::<i64>().map(Value::from);
        return small.or_else(|_| value.extract::<u64>().map(Value::from)).map_err(|_| "is too large");
    }
    if value.is_instance_of::<PyFloat>() {
        let number = value.extract().map_err(|_| OTHER)?;
        return Number::from_f64(number).map(Value::Number).ok_or("is no finite number");
    }
    let left = depth_left.checked_sub(1).ok_or("is nested too deeply")?;
    if let Ok(mapping) = value.cast::<PyMapping>() {
        let mut members = Map::new();
        for item in mapping.items().map_err(|_| OTHER)? {
            let (name, value): (String, Bound<'_, PyAny>) =
                item.extract().map_err(|_| "has a name that is no text")?;
            members.insert(name, from_python(&value, left)?);
        }
        return Ok(Value::Object(members));
    }
    // Bytes are a sequence of numbers to Python, and no list of them to anybody.
    if value.cast::<PySequence>().is_ok() && !value.is_instance_of::<PyBytes>() {
        let elements = value.try_iter().map_err(|_| OTHER)?;
        let read = |element: PyResult<Bound<'_, PyAny>>| from_python(&element.map_err(|_| OTHER)?, left);
        return elements.map(read).collect::<Result<_, _>>().map(Value::Array);
    }
    // Dates and times say themselves as ISO 8601 does.
    let said = value.call_method0("isoformat").and_then(|text| text.extract::<String>());
    said.map(Value::String).map_err(|_| OTHER)
}

pub fn to_python(py: Python<'_>, value: &Value) -> PyResult<Py<PyAny>> {
    Ok(match value {
        Value::Null => py.None(),
        Value::Bool(value) => PyBool::new(py, *value).to_owned().into_any().unbind(),
        Value::String(text) => PyString::new(py, text).into_any().unbind(),
        Value::Number(number) => number_to_python(py, number)?,
        Value::Array(elements) => {
            let list = PyList::empty(py);
            for element in elements {
                list.append(to_python(py, element)?)?;
            }
            list.into_any().unbind()
        }
        Value::Object(members) => {
            let dict = PyDict::new(py);
            for (name, value) in members {
                dict.set_item(name, to_python(py, value)?)?;
            }
            dict.into_any().unbind()
        }
    })
}

fn number_to_python(py: Python<'_>, number: &Number) -> PyResult<Py<PyAny>> {
    if let Some(whole) = number.as_i64() {
        return Ok(whole.into_pyobject(py)?.into_any().unbind());
    }
    if let Some(whole) = number.as_u64() {
        return Ok(whole.into_pyobject(py)?.into_any().unbind());
    }
    let number = number.as_f64().ok_or_else(|| PyValueError::new_err("a number that is none"))?;
    Ok(PyFloat::new(py, number).into_any().unbind())
}
